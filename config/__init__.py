"""The ground: settings, database, clock, errors, audit, web doorstep, logs. Knows no word of the field."""

"""The Swedish red days and eves worked out by hand, for tests to hold the library and the rules against."""

from datetime import date, timedelta


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def weekday_from(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def closed_days(year: int) -> set[date]:
    """Thirteen red days (the law of 1989, with 6 June since 2005) and the three eves offices close on."""
    sunday = easter(year)
    midsummer = weekday_from(date(year, 6, 20), 5)
    return {
        date(year, 1, 1),
        date(year, 1, 6),
        sunday - timedelta(days=2),
        sunday,
        sunday + timedelta(days=1),
        date(year, 5, 1),
        sunday + timedelta(days=39),
        sunday + timedelta(days=49),
        date(year, 6, 6),
        midsummer,
        weekday_from(date(year, 10, 31), 5),
        date(year, 12, 25),
        date(year, 12, 26),
        midsummer - timedelta(days=1),
        date(year, 12, 24),
        date(year, 12, 31),
    }

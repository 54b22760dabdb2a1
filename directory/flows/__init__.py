"""Steps of the directory, one transaction each."""

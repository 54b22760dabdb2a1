"""Areas by their SCB codes: four digits a municipality, two digits a county, SE all of Sweden."""

COUNTRY = "SE"


def is_area(code: str) -> bool:
    """Say whether the code has the form of a municipality, a county or the country."""
    return code == COUNTRY or (len(code) in (2, 4) and code.isascii() and code.isdigit())


def enclosing(place: str) -> tuple[str, ...]:
    """The place itself and every area around it, narrowest first."""
    if not is_area(place):
        raise ValueError(f"{place!r} is not an area: write four digits, two digits or {COUNTRY}")
    if place == COUNTRY:
        return (COUNTRY,)
    if len(place) == 2:
        return (place, COUNTRY)
    return (place, place[:2], COUNTRY)


def covers(area: str, place: str) -> bool:
    """Say whether all of the place lies within the area."""
    return area in enclosing(place)


def overlaps(area: str, place: str) -> bool:
    """Say whether the two share any ground: areas nest, so one of them then covers the other."""
    return covers(area, place) or covers(place, area)


def width(area: str) -> int:
    """How wide an area is: 0 a municipality, 1 a county, 2 the country. Lower is more specific."""
    return 3 - len(enclosing(area))

"""The made-up city's year: weather, and how often each kind of topic is written about on a day."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

WEEKDAYS = (1.12, 1.1, 1.05, 1.05, 1.02, 0.84, 0.82)
HOURS = (4, 2, 1, 1, 1, 2, 6, 14, 22, 26, 25, 23, 22, 22, 21, 21, 22, 25, 27, 28, 26, 22, 15, 8)
"""Messages an hour of the day, relative."""

_MONTHLY = {
    "even": (1,) * 12,
    "thaw": (0.7, 1.2, 2.4, 2.2, 1.2, 0.8, 0.7, 0.6, 0.6, 0.7, 0.7, 0.7),
    "spring": (0.3, 0.5, 1.6, 2.4, 2.0, 1.1, 0.8, 0.7, 0.7, 0.8, 0.5, 0.3),
    "summer": (0.2, 0.2, 0.4, 0.9, 1.6, 2.0, 2.1, 1.9, 1.3, 0.7, 0.3, 0.2),
    "summer_light": (0.8, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.3, 1.1, 0.9, 0.8, 0.8),
    "winter_light": (1.3, 1.4, 1.3, 1.1, 0.9, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.2),
    "autumn": (0.4, 0.4, 0.6, 0.8, 0.7, 0.6, 0.6, 0.8, 1.8, 2.6, 2.2, 0.7),
    "school": (1.0, 1.1, 1.1, 1.1, 1.0, 0.6, 0.5, 0.8, 1.7, 1.3, 1.1, 1.0),
    "admission": (0.6, 0.7, 1.6, 2.2, 1.4, 1.0, 0.9, 1.4, 0.9, 0.5, 0.5, 0.4),
    "fire": (0.1, 0.1, 0.7, 1.8, 1.8, 1.9, 2.2, 2.1, 1.0, 0.3, 0.1, 0.1),
    "flu": (1.7, 1.8, 1.4, 1.0, 0.8, 0.5, 0.4, 0.4, 0.7, 1.0, 1.2, 1.5),
    "dark": (1.4, 1.2, 1.0, 0.8, 0.6, 0.5, 0.5, 0.7, 1.0, 1.3, 1.5, 1.5),
    "heating_edge": (0.1, 0.1, 0.3, 2.2, 0.3, 0.0, 0.0, 0.1, 1.8, 6.0, 0.9, 0.1),
}
_HOLIDAYS = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


@dataclass(frozen=True, slots=True)
class Weather:
    """Weather of one day: mean °C, mm of rain, cm of snow on the ground, gusts of wind in m/s."""

    temperature: float
    rain: float
    snow: float
    wind: float


@dataclass(frozen=True)
class CityYear:
    """A year: its first day, its weather, and daily factors by season profile (mean 1)."""

    start: date
    weather: tuple[Weather, ...]
    profiles: dict[str, tuple[float, ...]]

    @property
    def n_days(self) -> int:
        """365 or 366."""
        return len(self.weather)

    def day(self, number: int) -> date:
        """Date of a day, counted from 0."""
        return self.start + timedelta(days=number)


def build_year(chance: Random, year: int) -> CityYear:
    """Weather of a year and what it does to the topics."""
    start = date(year, 1, 1)
    n_days = (date(year + 1, 1, 1) - start).days
    weather = _weather(chance, n_days)
    days = [start + timedelta(days=number) for number in range(n_days)]
    raw = {name: _monthly(values, days) for name, values in _MONTHLY.items()}
    raw["snow"] = [min(today.snow, 25) / 10 + 0.01 for today in weather]
    raw["heating"] = [max(0.02, (11 - today.temperature) / 12) for today in weather]
    raw["cold"] = [0.6 + max(0.0, -today.temperature) / 6 for today in weather]
    raw["rain"] = [0.35 + min(today.rain, 30) / 4 for today in weather]
    raw["wind"] = [0.7 + max(0.0, today.wind - 9) / 4 for today in weather]
    profiles = {}
    for name, factors in raw.items():
        shaped = [
            factor * (0.65 if (day.month, day.day) in _HOLIDAYS else WEEKDAYS[day.weekday()])
            for factor, day in zip(factors, days, strict=True)
        ]
        mean = sum(shaped) / n_days
        profiles[name] = tuple(factor / mean for factor in shaped)
    return CityYear(start, weather, profiles)


def _weather(chance: Random, n_days: int) -> tuple[Weather, ...]:
    """A continental southern year; anomalies last for days."""
    found = []
    anomaly, snow = 0.0, 4.0
    for number in range(n_days):
        anomaly = 0.8 * anomaly + chance.gauss(0, 2.6)
        temperature = 11.5 - 14 * math.cos(math.tau * (number - 18) / n_days) + anomaly
        wet = chance.expovariate(1 / 7) if chance.random() < 0.24 else 0.0
        freezing = temperature < 0.5
        snow = max(0.0, snow + (wet if freezing else -max(0.0, temperature)))
        wind = chance.weibullvariate(7, 2.2)
        rain = 0.0 if freezing else wet
        found.append(Weather(round(temperature, 1), round(rain, 1), round(snow, 1), round(wind, 1)))
    return tuple(found)


def _monthly(values: tuple[float, ...], days: list[date]) -> list[float]:
    """Factors that pass smoothly from the middle of one month to that of the next."""
    factors = []
    for day in days:
        place = day.month - 1 + (day.day - 15) / 30
        left = math.floor(place)
        part = place - left
        factors.append(values[left % 12] * (1 - part) + values[(left + 1) % 12] * part)
    return factors

"""The configuration of the server: TOML files to frozen dataclasses."""

from server.config.loader import ConfigError, load, shipped
from server.config.paths import DataDir
from server.config.sections import Config, DemoPerson, Trunk

__all__ = ["Config", "ConfigError", "DataDir", "DemoPerson", "Trunk", "load", "shipped"]

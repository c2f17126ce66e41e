"""The layers that come with rnnctl, one YAML file of equations each, and the door through which all layers go."""

from rnnctl.catalogue.loader import definition, names, read_definitions

__all__ = ["definition", "names", "read_definitions"]

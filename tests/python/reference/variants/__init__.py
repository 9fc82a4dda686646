"""The held-out variants of every family, one table a family: what they change in config.json, and how their weights are stored."""
import importlib
from dataclasses import replace

from reference.families import FAMILIES
from reference.variants.table import ABSENT


def completed(base, variant):
    """The variant with the whole of its config."""
    return replace(variant, config={key: value for key, value in (base | variant.config).items() if value is not ABSENT})


VARIANTS = {f"{family}-{name}": completed(table.BASE, variant)
            for family in FAMILIES for table in [importlib.import_module(f"reference.variants.{family}")]
            for name, variant in table.VARIANTS.items()}

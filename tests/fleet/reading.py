"""How these tests read what a target returns and raises: as the API's probe does."""

from stresstune.api.probe import OutcomeReader

__all__ = ["OutcomeReader"]

"""A client of what administrators do; what is not safe to repeat is asked once."""

from pathlib import Path

from otklik.serving.asking import Asking, Refused
from otklik.serving.model_schemas import (
    AutomaticOut,
    ChangedOut,
    PromotionIn,
    RollbackIn,
    SwitchIn,
)
from otklik.serving.official_schemas import ImportOut

__all__ = ["AdminClient", "Refused"]


class AdminClient(Asking):
    """Asks with a key of scope `admin`.

    An import and a promotion take minutes: give a `timeout_s` that fits. Parameters are those of
    `otklik.serving.asking.Asking`.
    """

    def import_file(self, path: Path, preset: str, *, dry_run: bool = False) -> ImportOut:
        """Bring an export in; sent again it changes nothing.

        Raises
        ------
        Refused
        OSError
            The file cannot be read.
        """
        query: dict[str, str | int | bool] = {"as": preset, "name": path.name, "dry_run": dry_run}
        found = self.ask("POST", "/v1/import", query=query, content=path.read_bytes())
        return ImportOut.model_validate_json(found)

    def promote(self, version: int | None = None, reason: str = "") -> ChangedOut:
        """Let a version answer if every gate is open, or overruled by a reason.

        Raises
        ------
        Refused
            `not_promoted`
        """
        body = PromotionIn(version=version, reason=reason).model_dump(mode="json")
        found = self.ask("POST", "/v1/models/promote", body, once=True)
        return ChangedOut.model_validate_json(found)

    def roll_back(self, leave: str | None = None, reason: str = "") -> ChangedOut:
        """Let the champion before the present one answer again.

        Parameters
        ----------
        leave : str or None
            «otklik/3»: nothing is done unless that one is the champion, so the request may be
            repeated; without it the request is sent once.

        Raises
        ------
        Refused
            `not_promoted`
        """
        body = RollbackIn(leave=leave, reason=reason).model_dump(mode="json")
        found = self.ask("POST", "/v1/models/rollback", body, once=leave is None)
        return ChangedOut.model_validate_json(found)

    def switch_automatic(self, *, on: bool, reason: str) -> AutomaticOut:
        """Switch automatic routing of the version that answers.

        Raises
        ------
        Refused
        """
        body = SwitchIn(on=on, reason=reason).model_dump(mode="json")
        return AutomaticOut.model_validate_json(self.ask("POST", "/v1/models/automatic", body))

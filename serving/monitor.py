"""The live watch over automatic routing: what people correct is held against α."""

import asyncio
import logging
from datetime import datetime

from otklik.datasets.automatic import AutomaticDecisions, Judgement
from otklik.datasets.errors import UnknownTopic, UnknownVersion
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Store
from otklik.models.fit_check import percent
from otklik.models.live_error import LiveError
from otklik.serving.audit_log import AuditLog
from otklik.serving.automatic import MONITOR, AutomaticSwitch, SwitchState
from otklik.serving.edge import told_of
from otklik.serving.live import LiveModel
from otklik.serving.metrics import Metrics
from otklik.serving.shelf import Shelf

LOG = logging.getLogger("otklik.serving")


class Monitor:
    """Watches the version that answers in this process.

    Parameters
    ----------
    shelf : Shelf
        Where labels are; it is never opened for this alone.
    alpha : float
    every_s : float
        Seconds between looks; a label that comes through this process is looked at once.
    """

    def __init__(
        self,
        shelf: Shelf,
        live: LiveModel,
        switch: AutomaticSwitch,
        audit: AuditLog,
        metrics: Metrics,
        *,
        alpha: float,
        every_s: float,
    ) -> None:
        self._shelf, self._live, self._audit, self._metrics = shelf, live, audit, metrics
        self.switch, self.alpha = switch, alpha
        self._every_s = every_s
        self._found: dict[str, LiveError] = {}

    def found(self, version: str) -> LiveError:
        """What was counted at the last look; all that it starts from has no counts."""
        return self._found.get(version, LiveError())

    def turn(self, version: str, *, on: bool, by: str, reason: str) -> bool:
        """Turn the switch of a version by a person's hand; switched on, it counts from now."""
        turned = self.switch.turn(version, on=on, by=by, reason=reason)
        if turned:
            LOG.warning("automatic routing of %s was switched %s", version, "on" if on else "off")
            if on:
                self._found.pop(version, None)
            self._metrics.observe_automatic(self.found(version), on=on)
        return turned

    async def follow(self) -> None:
        """Look again and again; labels come by other ways too."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except Exception as error:  # the watch must not end, whatever it meets
                LOG.error("corrections cannot be read: %s", told_of(error))

    async def heed(self, message_id: int) -> None:
        """Look at once if a message that was just labelled had been sent out by itself."""
        if not self._live.ready:
            return
        version = self._live.engine.version

        def concerns(store: Store) -> bool:
            return AutomaticDecisions(store.database).is_of(message_id, version)

        if await self._shelf.ask(concerns):
            await self.look()

    async def look(self) -> None:
        """Count, and switch automatic routing off where α is no longer supported."""
        if not (self._live.ready and self._shelf.is_open):
            return
        version, name = self._live.engine.version, self._live.engine.name
        state = self.switch.state(version)
        since = state.at if state is not None and state.on else None
        found = await self._shelf.ask(lambda store: count(store, version, since))
        if self.switch.state(version) != state:
            return  # somebody has turned it meanwhile: what was counted is about before
        self._found[version] = found
        self._metrics.observe_automatic(found, on=self.switch.halted(version) is None)
        if self.switch.halted(version) is None and found.disproves(self.alpha):
            await asyncio.to_thread(self._switch_off, version, name, found, state)

    def _switch_off(
        self, version: str, name: str, found: LiveError, seen: SwitchState | None
    ) -> None:
        reason = told(found, self.alpha)
        if not self.switch.turn(
            version, on=False, by=MONITOR, reason=reason, only_if=lambda known: known == seen
        ):
            return
        LOG.error("AUTOMATIC ROUTING IS OFF for %s (%s): %s", name, version, reason)
        self._metrics.observe_automatic(found, on=False)
        facts = {
            "version": version,
            "sent": found.sent,
            "corrected": found.corrected,
            "checked": found.checked,
            "wrong": found.wrong,
        }
        self._audit.add("automatic_off", MONITOR, facts)


def told(found: LiveError, alpha: float) -> str:
    """Counts as staff read them."""
    parts = [f"исправлено {found.corrected} из {found.sent} автоматических ответов"]
    if found.checked:
        parts.append(f"в случайной проверке неверны {found.wrong} из {found.checked}")
    return f"{', '.join(parts)}, допустимая ошибка {percent(alpha)} больше не подтверждается"


def count(store: Store, version: str, since: datetime | None) -> LiveError:
    """What people said of the automatic answers of a version, from a time on."""
    sent, labelled = AutomaticDecisions(store.database).read(version, since)
    judged = [(one.checked, is_right(one)) for one in labelled]
    return LiveError(
        sent=sent,
        corrected=sum(right is False for _, right in judged),
        checked=sum(checked and right is not None for checked, right in judged),
        wrong=sum(checked and right is False for checked, right in judged),
    )


def is_right(one: Judgement) -> bool | None:
    """Whether a person agrees with what went out; None where their word does not tell.

    A group that went out is right when the person names one of its topics; a topic that went out
    is not proven right by a person who names its group alone, but wrong by another group.
    """
    try:
        return _compared(one, load_rubricator(one.rubricator))
    except (UnknownVersion, UnknownTopic):  # a label that was imported may say anything
        return None


def _compared(one: Judgement, rubricator: Rubricator) -> bool | None:
    said = {axis: code for axis, (code, version) in one.labels.items() if version == one.rubricator}
    topic, group = said.get("topic"), said.get("group")
    if topic is not None:
        own_group = rubricator.group_code(topic)
        return one.code == (topic if one.axis == "topic" else own_group)
    if group is None:
        return None
    if one.axis == "group":
        return group == one.code
    return False if rubricator.group_code(one.code) != group else None

"""Recipients and deadlines by the city's routing file."""

import logging

from otklik.datasets.errors import BadRoutes
from otklik.datasets.records import Kind
from otklik.serving.directions import Directed, Direction, Directs, NoDirections
from otklik.serving.route_check import load_routes
from otklik.serving.route_match import Router
from otklik.serving.route_rows import Case, Event
from otklik.serving.route_table import find_routes

LOG = logging.getLogger("otklik.serving")


class TableDirections:
    """Asks a checked routing file.

    Parameters
    ----------
    router : Router
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def direct(self, message: Directed) -> Direction:
        """Recipients on the day of receipt; a deadline where it is known how the message was filed.

        Nobody is named for a message whose topics are those of another rubricator.
        """
        table = self._router.table
        if table.rubricator != message.rubricator:
            reason = (
                f"{self._router.path.name} написан для рубрикатора {table.rubricator}, "
                f"модель отвечает по {message.rubricator}"
            )
            return Direction(reason=reason)
        case = Case(
            group=message.group,
            topic=message.topic,
            district=message.place.district,
            source=message.source or "",
            on=self._router.local_date(message.received_at),
            kind=Kind(message.kind) if message.kind else Kind.MESSAGE,
            importance=message.importance,
        )
        assigned = self._router.assign(case)
        due = None
        if message.kind:
            due = self._router.deadline(case, {Event.RECEIVED: message.received_at})
        return Direction(
            recipients=assigned.recipients,
            deadline=due.due if due else None,
            basis=due.row.basis if due else None,
            reason=assigned.reason,
        )


def city_directions() -> Directs:
    """Directions by the city's file; none where it has no file.

    Raises
    ------
    BadRoutes
        The file contradicts itself: better no service than wrong routes.
    """
    try:
        path = find_routes()
    except BadRoutes as error:
        LOG.warning("nobody is named as a recipient: %s", error)
        return NoDirections()
    return TableDirections(load_routes(path))

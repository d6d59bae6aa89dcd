"""Words that announce a school, a clinic, a stop, a bus route and the like."""

from dataclasses import dataclass

from otklik.datasets.place_records import PlaceKind
from otklik.datasets.place_tokens import word_set


@dataclass(frozen=True, slots=True)
class AssetType:
    """One kind of asset.

    `numbered`: may carry a number («школа № 12»); `named`: may carry a name («сквер Журналистов»).
    """

    kind: PlaceKind
    name: str
    numbered: bool = True
    named: bool = False


_SCHOOL = AssetType(PlaceKind.SCHOOL, "школа")
_KINDERGARTEN = AssetType(PlaceKind.KINDERGARTEN, "детский сад", named=True)
_HOSPITAL = AssetType(PlaceKind.CLINIC, "больница")
_ROUTE = AssetType(PlaceKind.ROUTE, "маршрут")
_STOP = AssetType(PlaceKind.STOP, "остановка", numbered=False, named=True)
_TP = AssetType(PlaceKind.SUBSTATION, "ТП")

_FORMS: tuple[tuple[AssetType, str], ...] = (
    (_SCHOOL, "школа школы школе школу школой сош оош мбоу мкоу шк"),
    (AssetType(PlaceKind.SCHOOL, "гимназия"), "гимназия гимназии гимназию гимназией"),
    (AssetType(PlaceKind.SCHOOL, "лицей"), "лицей лицея лицею лицеем лицее"),
    (
        _KINDERGARTEN,
        "сад сада саду садом саде детсад детсада детсаду детсадом детсаде д/с садик садика садику "
        "садиком садике доу мбдоу мдоу гбдоу",
    ),
    (
        AssetType(PlaceKind.CLINIC, "поликлиника"),
        "поликлиника поликлиники поликлинике поликлинику поликлиникой",
    ),
    (_HOSPITAL, "больница больницы больнице больницу больницей гкб ркб гб"),
    (AssetType(PlaceKind.CLINIC, "роддом"), "роддом роддома роддому роддомом роддоме"),
    (AssetType(PlaceKind.CLINIC, "амбулатория"), "амбулатория амбулатории амбулаторию"),
    (_STOP, "остановка остановки остановке остановку остановкой ост"),
    (
        AssetType(PlaceKind.PARK, "парк", numbered=False, named=True),
        "парк парка парку парком парке",
    ),
    (
        AssetType(PlaceKind.PARK, "сквер", numbered=False, named=True),
        "сквер сквера скверу сквером сквере",
    ),
    (
        _ROUTE,
        "маршрут маршрута маршруту маршрутом маршруте автобус автобуса автобусу автобусом "
        "автобусе маршрутка маршрутки маршрутке маршрутку маршруткой троллейбус троллейбуса "
        "троллейбусе трамвай трамвая трамвае газель газели",
    ),
    (
        AssetType(PlaceKind.MARKET, "рынок", numbered=False, named=True),
        "рынок рынка рынку рынком рынке",
    ),
    (_TP, "тп ктп"),
    (AssetType(PlaceKind.SUBSTATION, "РП"), "рп"),
    (
        AssetType(PlaceKind.SUBSTATION, "подстанция", named=True),
        "подстанция подстанции подстанцию подстанцией",
    ),
    (
        AssetType(PlaceKind.SUBSTATION, "котельная", named=True),
        "котельная котельной котельную",
    ),
    (
        AssetType(PlaceKind.BRIDGE, "мост", numbered=False, named=True),
        "мост моста мосту мостом мосте",
    ),
)
ASSET_TYPES: dict[str, AssetType] = {
    form: asset for asset, forms in _FORMS for form in forms.split()
}

# Plain landmarks that name a stop even in small letters: «остановка рынок».
STOP_NAMES = word_set(
    "рынок больница школа вокзал автовокзал поликлиника почта университет мечеть кинотеатр "
    "автостанция мост завод"
)
# «республиканская больница»: the adjective makes it one of its kind.
UNIQUE = frozenset({"республиканская", "центральная", "областная", "районная"})
YARD_FORMS = word_set("двор двора двору двором дворе дворы дворах дворик дворике")

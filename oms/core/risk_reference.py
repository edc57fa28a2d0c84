"""Reference data that risk's checks need beyond who and what exists: counterparties, permissions, lists, locates, rates, risk factors.

Each is an entity of `oms.reference` like any other: versioned, changed by a person or by the process that computes it, and looked up when a
decision needs it. Risk factors and rates come often and move nothing else, so they are folded beside the structure (see
`oms.core.reference.Reference.structure`). Everything is an integer; who computes a factor rounds it against us, as its field says.
"""

from dataclasses import dataclass

from oms.core.enums import Algorithm, AssetClass, CounterpartyKind, LimitScope, OrdType, TradingListKind
from oms.core.halt_triggers import HaltTrigger
from oms.core.money import Amount

_NOTHING = Amount(0)


@dataclass(frozen=True, slots=True)
class Client:
    """Whose money an account holds. Disabled: none of its accounts trades."""

    client_id: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Counterparty:
    """Who owes us what was traded until it is settled. Disabled is the stop-list: no new order goes where it would be one.

    `settlement_days`: business days after which a trade is settled (2 = T+2), those of `calendar_id` (empty: Mondays to Fridays on which orders
    came); see `oms.core.risk.settlement`.
    """

    counterparty_id: str
    name: str
    kind: CounterpartyKind
    settlement_days: int
    enabled: bool
    calendar_id: str = ""


@dataclass(frozen=True, slots=True)
class TradingList:
    """Instruments that desks may not trade, or are watched at. No desks: all of them."""

    list_id: str
    kind: TradingListKind
    instruments: tuple[str, ...]
    desks: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class TradingPermission:
    """What a trader may trade; what is empty restricts nothing. Once one permission is enabled, what none allows is refused.

    `venues`: those that an order sent DIRECT may name, and every one that a smart order may reach is cut down to them.
    """

    permission_id: str
    trader: str
    instruments: tuple[str, ...]
    asset_classes: tuple[AssetClass, ...]
    venues: tuple[str, ...]
    ord_types: tuple[OrdType, ...]
    algorithms: tuple[Algorithm, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Locate:
    """A quantity that an account may sell short of an instrument, until tape time `expires_ns` (SEC Regulation SHO rule 203(b))."""

    locate_id: str
    account_id: str
    instrument_id: str
    qty: int
    expires_ns: int


@dataclass(frozen=True, slots=True)
class FxRate:
    """One unit of `currency` is worth rate_e9 × 10**-9 of the firm's own currency, as of tape time `as_of_ns`."""

    currency: str
    rate_e9: int
    as_of_ns: int


@dataclass(frozen=True, slots=True)
class InstrumentFactors:
    """What models say of an instrument as of tape time `as_of_ns`; `model` names them and their version.

    `volatility_ppm`: standard deviation of a day's return, rounded up. `adv_qty`: average daily volume, `window_volume_qty`: the market's
    volume in the model's window, both rounded down. `window_low_px`, `window_high_px`: lowest and highest price of the window.
    `delta_ppm`: of an option, signed. Loss of one unit of value in millionths, rounded up: value at risk, expected shortfall, worst stress.
    """

    instrument_id: str
    model: str
    as_of_ns: int
    volatility_ppm: int = 0
    adv_qty: int = 0
    window_volume_qty: int = 0
    window_low_px: int = 0
    window_high_px: int = 0
    delta_ppm: int = 0
    var_ppm: int = 0
    es_ppm: int = 0
    stress_ppm: int = 0


@dataclass(frozen=True, slots=True)
class FactorPosition:
    """What was held when a holder's figures were computed: signed, in the instrument's quantity scale."""

    instrument_id: str
    qty: int


@dataclass(frozen=True, slots=True)
class HolderFactors:
    """What models say of a holder's portfolio as of tape time `as_of_ns`, in `currency`. The id is scope and scope_id (`factors_id_of`).

    `var`, `es`, `stress_loss`: of the portfolio as it was then, rounded up. `marginal_ppm`: no unit of value added since loses more than
    so many millionths. `portfolio_value`: rounded down. `order_mean`, `order_std`: of the notionals of `order_count` past orders.
    `positions`: what the portfolio was, sorted by instrument, none that is flat. What has moved since, at the instrument's own loss of a unit of
    value, is the most that it can add: a portfolio's shortfall is at most the sum of its parts' (Artzner, Delbaen, Eber, Heath, Coherent
    measures of risk, 1999).
    """

    factors_id: str
    scope: LimitScope
    scope_id: str
    currency: str
    model: str
    as_of_ns: int
    var: Amount = _NOTHING
    es: Amount = _NOTHING
    stress_loss: Amount = _NOTHING
    marginal_ppm: int = 0
    portfolio_value: Amount = _NOTHING
    order_mean: Amount = _NOTHING
    order_std: Amount = _NOTHING
    order_count: int = 0
    positions: tuple[FactorPosition, ...] = ()


RiskEntity = (
    Client
    | Counterparty
    | TradingList
    | TradingPermission
    | Locate
    | FxRate
    | InstrumentFactors
    | HolderFactors
    | HaltTrigger
)


Governed = (
    Counterparty | TradingList | TradingPermission | Locate | FxRate | InstrumentFactors | HolderFactors | HaltTrigger
)
"""What risk officers set beside limits; what of it takes two people: `oms.core.governance`."""


@dataclass(frozen=True, slots=True)
class ChangeProposal:
    """`entity` as a person wants it, in the place of version `replaces_version` (−1: it is new). It binds nobody until another approves it.

    A proposal is never changed: who wants something else proposes anew, so that what is approved is what was read. `valid_until_ns` as in
    `oms.core.limits.LimitProposal`.
    """

    proposal_id: str
    entity: Governed
    replaces_version: int
    valid_until_ns: int = 0


@dataclass(frozen=True, slots=True)
class ChangeApproval:
    """A person approves version `proposal_version` of a proposal: void where the same person made it, or where the entity has changed."""

    proposal_id: str
    proposal_version: int


def factors_id_of(scope: LimitScope, scope_id: str) -> str:
    """The id of a holder's factors.

    >>> factors_id_of(LimitScope.DESK, "alpha"), factors_id_of(LimitScope.FIRM, "")
    ('desk.alpha', 'firm')
    """
    return f"{scope.name.lower()}.{scope_id}" if scope_id else scope.name.lower()


def risk_entity_key(entity: RiskEntity) -> tuple[str, str]:
    """(kind, id) of an entity."""
    match entity:
        case Client():
            return "client", entity.client_id
        case Counterparty():
            return "counterparty", entity.counterparty_id
        case TradingList():
            return "trading_list", entity.list_id
        case TradingPermission():
            return "trading_permission", entity.permission_id
        case Locate():
            return "locate", entity.locate_id
        case FxRate():
            return "fx_rate", entity.currency
        case InstrumentFactors():
            return "instrument_factors", entity.instrument_id
        case HolderFactors():
            return "holder_factors", entity.factors_id
        case HaltTrigger():
            return "halt_trigger", entity.trigger_id


FLOWING = frozenset({"fx_rate", "instrument_factors", "holder_factors"})
"""Kinds that come all the time and change who and what exists in nothing: look-ups over the structure stay as they are."""

GOVERNED_KINDS = frozenset(
    {
        "limit",
        "counterparty",
        "trading_list",
        "trading_permission",
        "locate",
        "fx_rate",
        "instrument_factors",
        "holder_factors",
        "halt_trigger",
    }
)
"""Kinds that bind or allow trading: risk officers set them, and who else has to agree `oms.core.governance` says."""

PROPOSAL_KINDS = frozenset(
    {"limit_proposal", "limit_approval", "change_proposal", "change_approval", "proposal_withdrawal"}
)
"""Kinds by which two people change what is governed."""

ACKNOWLEDGED_KINDS = (GOVERNED_KINDS | {"client"}) - FLOWING
"""Kinds of which each risk partition says from where on it judges by a version. What flows is named in each decision's evidence."""

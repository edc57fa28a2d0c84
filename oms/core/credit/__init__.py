"""Credit over partitions: how one limit binds desks that are judged in several partitions, without asking anybody on the order path.

A limit of the firm, or of a client whose accounts lie in several partitions, is cut into credit. One grantor (the owner of the limit's
partition of `oms.credit`) grants parts of it; each risk partition is a holder, and judges against what it holds.

    holder's journal (oms.risk)                          grantor's journal (oms.credit)
    CreditWanted    ───────────────────────────────────► grants what is free, recalls the rest from others
    CreditTaken     ◄─────────────────────────────────── CreditGranted
    CreditReleased  ◄─ (once unused) ─────────────────── CreditRecalled
                    ───────────────────────────────────► CreditReturned: reused only after the release was read

Invariants, whatever crashes, is lost before it lands, or is read again:
- used + reserved ≤ held, at every decision that adds to them;
- over all holders, held + granted and not yet taken ≤ what the grantor has granted ≤ the limit, unless the limit was lowered below it;
- only what is unused is released, and the grantor reuses credit only after it has read the release;
- time returns no credit: of a holder that is silent, what it holds stays granted (its orders are at venues, working);
- each step is numbered per limit and holder, and is applied once and in order.

A limit that is lowered below what is granted says over by how much, nothing is granted, and every holder gives up what it does not use: no
new use until the rest is below the limit again. It is proved state by state in `tests/model/credit.py`.

The parts are pure like every stage: `decide` gives events, `evolve` is the only way that a state changes. They know neither orders nor
positions: how much is in use is told them. Amounts are integers in the unit of the limit.
"""

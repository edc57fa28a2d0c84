"""Reconciliation: what follows where our own state of an order and a venue's report of it differ. Pure functions over integers.

    own state × venue report → events             `fills`: quantities;  `breaks`: the table of differences;
                                                  `oms.core.execution.reports` and `.resolutions` join them to children

R is the sum of a child's real fills, I of its inferred fills that still stand, M the highest CumQty the venue has ever stated.
Invariants, each with a test of its number in tests/property/test_reconciliation.py, …_fills.py or …_path.py:

REC-1   CumQty = R + I at any time; and R + I ≤ M while anything inferred stands. After the window of recent activity a status reply
        makes CumQty what it states, if that is more and there is a price.
REC-2   No event lowers CumQty but a venue's own correction or bust (`FillCorrected`). A venue that merely states less than it told us
        raises a break and takes nothing away.
REC-3   Superseding is exactly once and independent of order: however often and in whatever order the real trades come, in the end
        CumQty, Σ price × quantity and the position are those of the real trades alone, and nothing inferred stands.
REC-4   Reconciling twice gives nothing new: the same report again leaves no event but an answer to a question, and no break.
REC-5   An inferred fill's ExecID is a function of venue, child and the range of CumQty that it stands for; no venue gives it.
REC-6   Every difference ends in exactly one open break, until the cause is gone or a person has decided.
REC-7   What no order of ours explains moves nothing: it is in suspense, with one break, and is cancelled only by a person's order.
REC-8   An order never reached its venue only by both proofs (number not arrived, order unknown); with one it is UNKNOWN, with a break.
REC-9   Absence from a list of open orders proves nothing: the single order is asked about, and nothing else happens.
REC-10  Folding the journal gives the same fills, breaks and suspense.
REC-11  A resolution that its cause does not allow changes nothing but the record of it; one that moves quantities goes through the
        same functions, so REC-1 to REC-3 hold for it.
REC-12  An overfill is booked in full, leaves 0, and raises a break; what no record could hold waits in suspense.
REC-13  Venue, execution, router and risk hold the same position once every trade was told, through any inferred fills between.

It does not know sessions, messages, or who asked; it decides nothing about an order's status.
"""

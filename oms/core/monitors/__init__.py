"""Post-trade monitors: what is watched on every fill, after it, whoever allowed it (RTS 6 article 17).

    positions, losses, drawdowns    measured against their limits where a fill, a correction or a mark moved them   (`oms.core.risk.watching`)
    own trades                      matched with the venue's and the drop copy's, execution by execution            (`trades`)
    alerts                          raised when beyond, again when much worse, cleared when well inside again       (`alerts`)

Pure: each part takes what was seen and the time, and gives alert events; `evolve` is the only way its state changes. What can't be measured
counts as beyond: an unknown exchange rate raises an alert, and silence of the venue does after its grace. An alert is due at once, or
when its grace ends, so that with a tick a second everything is raised within 5 s of what caused it.

It does not know who is told.
"""

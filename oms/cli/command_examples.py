"""An example of every command, as it is typed and answered; long answers are cut at `...`. Shown in docs/commands.md."""

EXAMPLES: dict[str, str] = {
    "run": """
$ oms run --desks 2
19:15:09 market: synthetic seed=1
19:15:09 broker: starting Apache Kafka (the first start fetches it, 70 MB)
...
""",
    "submit": """
$ oms submit buy 700 ACME --desk alpha --limit 101
id               alpha/20250106/cli-18ea73ff6cbe4cf4
request          cli-18ea73ff6cbe4cf4
decision         ACCEPTED
status           FILLED
...
$ oms submit sell 900 BOLT --desk beta --algo twap --minutes 10
$ oms submit buy 0.25 BTC-USD --desk alpha --venue XALP --tif ioc --client-order-id my-1
""",
    "replace": """
$ oms replace my-1 --desk alpha --qty 0.2 --limit 95000
""",
    "cancel": """
$ oms cancel alpha/20250106/my-1
$ oms cancel XALP-ACME-12
$ oms cancel --all --account beta-1 --yes
$ oms cancel --all --desk alpha --instrument ACME --side buy --yes
$ oms cancel --all --trader ada --wait 30 --yes
whom      account beta-1
matched   2
...
""",
    "submit-list": """
$ cat bracket.csv
side,qty,instrument,price,stop
buy,100,ACME,100.50,
sell,100,ACME,103.00,
sell,100,ACME,,99.00
$ oms submit-list bracket.csv --desk alpha --contingency bracket --id b1
request      b1
decision     ACCEPTED
list id      alpha/20250106/b1
status       EXECUTING
contingency  BRACKET
orders
order_id              leg   status  side  qty  ...
alpha/20250106/b1-1   live  NEW     BUY   100  ...
alpha/20250106/b1-2   held  NEW     SELL  100  ...
alpha/20250106/b1-3   held  NEW     SELL  100  ...
$ oms submit-list basket.csv --desk alpha
""",
    "list": "$ oms list b1 --desk alpha",
    "cancel-list": "$ oms cancel-list alpha/20250106/b1",
    "orders": """
$ oms orders --desk alpha --status filled --since 15m
order               status   side  qty  instrument   price  filled  avg_price
alpha/w677bf242-76  FILLED   SELL  200  ACME                   200     101.18
...
""",
    "order": """
$ oms order XGAM-ACME-20250106-2
order id    alpha/20250106/cli-18ea73ff6cbe4cf4
status      FILLED
...
who  entered by root, trader root, strategy manual, source grpc
clock entered        2026-11-22 19:15:42.340
clock decided        2026-11-22 19:15:42.350
...
limits it was judged by
check             limit                      version  threshold    before   after
order_qty         desk.alpha.order_qty.ACME       36  3000         0        700
...
routing decision 1: 700 to place, 13 of it to rest; quotes considered
venue  shown   price    net_price  taken  rested  why_not
XALP     300  100.84  100.8420168    300       0
...
biography (by the broker's clock)
    +0 s orders/0@5     NewOrder        BUY 700 ACME @ 101 DAY BEST_PRICE
+0.012 s risk/0@11      OrderAccepted   may trade 700 up to 101 at XALP, XBET, ...
...
""",
    "fix decode": """
$ oms fix decode session.log --anonymise
message 1  FIX.4.4  D NewOrderSingle
   49  SenderCompID                COMP-1
   ...
   54  Side                        1  Buy
$ grep 35=8 session.log | oms fix decode - --json
""",
    "fix diff": """
$ oms fix diff expected.log session.log
! a 2, b 2  8 ExecutionReport
  -    31  LastPx                   180.69
  +    31  LastPx                   180.70
oms: 1 messages differ (2 in expected.log, 2 in session.log)
""",
    "alerts": """
$ oms alerts
status  kind      of          subject  value  allowed  age     acknowledged_by  overdue  alert_id
open    POSITION  desk alpha  ACME     700    500      2m 5s   rita                      POSITION/DESK/alpha/ACME/29
open    DAY_LOSS  firm        USD      12500  10000    21m 2s                   overdue  DAY_LOSS/FIRM//USD/31
...
$ oms alerts ack DAY_LOSS/FIRM//USD/31 --note "the desks are halted, the treasurer knows"
$ oms alerts --all --desk alpha --csv
$ oms alerts --follow --json
""",
    "breaks": """
$ oms breaks
break_id  cause          age    status  order_id                venue  ours  venues
B0-1      FILL_INFERRED  2m 5s  open    alpha/20250106/my-1     XALP   60    100
...
""",
    "breaks list": "$ oms breaks list --all --cause UNKNOWN_ORDER",
    "breaks show": "$ oms breaks show B0-1",
    "breaks resolve": """
$ oms breaks resolve B0-1 --as accept-venue --reason "XALP confirmed by phone, ticket 4711"
break_id         B0-1
decision         accept-venue
outcome          closed
...
$ oms breaks resolve B0-2 --as accept-venue --price 100.25 --reason "price from the venue's end-of-day file"
""",
    "fills": "$ oms fills --desk alpha --csv",
    "positions": "$ oms positions --account alpha-1",
    "quotes": "$ oms quotes ACME",
    "trace": "$ oms trace alpha/20250106/cli-18ea73ff6cbe4cf4",
    "watch": "$ oms watch --once",
    "halt": """
$ oms halt desk:beta --cancel-open --reason "strategy misbehaves"
control             halt desk:beta
control offset      39
applied everywhere  yes
after ms            27
partitions          8
""",
    "resume": "$ oms resume desk:beta",
    "liquidate": """
$ oms liquidate --scope account:alpha-1 --reason "loss limit of the day" --yes
control             liquidate account:alpha-1
control offset      41
applied everywhere  yes
finished            yes
holdings            2
orders              2
refused             0
remaining           0
""",
    "load": """
$ oms load deploy/local/reference.yaml --reason "new limits"
added      trading_list barred
unchanged  46
proposed   firm.order_qty.BTC-USD.199ab3f21c0
another person: oms limits approve firm.order_qty.BTC-USD.199ab3f21c0 --reason WHY
""",
    "reference list": "$ oms reference list limit --csv",
    "reference show": "$ oms reference show limit firm.order_qty.BTC-USD",
    "reference calendars": """
$ oms reference calendars --exchange XNYS --from 2025-01-01 --to 2025-12-31
added      calendar XNYS
unchanged  0
""",
    "reference history": """
$ oms reference history person/ada
person ada version 20  2026-11-22 19:15:21.104  by root  (oms run)
    person_id  ada
    ...
person ada version 47  2026-11-22 19:20:02.310  by root  (a new name)
    name  Ada Traderson -> Ada Newname
""",
    "people": "$ oms people",
    "people add": "$ oms people add olga --role admin",
    "people revoke": "$ oms people revoke olga",
    "fix send": """
$ oms fix send new --session alpha-fix --side buy --qty 10 --instrument ACME --limit 98.50 --id my-1
alpha-fix: FIX.4.4, ALPHA to OMS at 127.0.0.1:57455; numbers begin anew (141=Y): none are kept here
direction  number  name             cl_ord_id  exec_type   ord_status  last_qty  last_px  cum_qty  avg_px  text
OUT             2  NewOrderSingle   my-1
IN              2  ExecutionReport  my-1       PendingNew  PendingNew                           0       0
IN              3  ExecutionReport  my-1       New         New                                  0       0
$ oms fix send replace --session alpha-fix --order my-1 --qty 20 --id my-2
$ oms fix send status --session alpha-fix --order my-2 --fields
$ oms fix send cancel --session alpha-fix --order my-2
$ oms fix send mass-cancel --session alpha-fix --instrument ACME
$ oms fix send D --session alpha-fix 11=my-3 21=1 1=alpha-1 55=ACME 54=1 60=20250106-15:00:00 38=10 40=2 44=98.50
$ oms fix send --session alpha-fix
""",
    "fix reset": """
$ oms fix reset alpha-fix --reason "their engine lost its store"
session       alpha-fix
asked         2026-11-28 19:40:12.118
reason        their engine lost its store
takes effect  at once
$ oms fix reset XALP-P0 --reason "the venue begins a new week at 1"
session       XALP-P0
asked         2026-11-29 18:00:03.402
reason        the venue begins a new week at 1
takes effect  with a new logon (141=Y), unless an order on it has no outcome yet
""",
    "fix sessions": """
$ oms fix sessions
session    version  comp_id  our_comp_id  desk   state      last_in  last_out
alpha-fix  FIX.4.4  ALPHA    OMS          alpha  LOGGED_ON      231       498
""",
    "fix venues": """
$ oms fix venues
session  venue  state      since                    last_in  last_out  text
XALP-P0  XALP   LOGGED_ON  2026-11-28 15:12:02.871     1204       987
XALP-P1  XALP   LOGGED_ON  2026-11-28 15:12:02.902      611       530
""",
    "fix tail": """
$ oms fix tail --session alpha-fix --last 2
at                       session    direction  number  type  text
2026-11-28 15:19:21.370  alpha-fix  IN              3  D     8=FIX.4.4|9=136|35=D|34=3|49=ALPHA|56=OMS|11=a1|...
2026-11-28 15:19:21.376  alpha-fix  OUT             2  8     8=FIX.4.4|9=197|35=8|34=2|49=OMS|56=ALPHA|37=alpha/20261128/a1|...
""",
    "drill kill": """
$ oms drill kill --scope desk:alpha --resume
control_offset         412
at                     2026-11-23 14:31:07.204
scope                  desk:alpha
reason                 drill
by                     rita
partitions_applied     8
refused_everywhere_ms  9
accepted_after         3
last_accepted_ms       6
orders                 218
cancels_sent           231
cancels_sent_ms        140
ended                  218
ended_ms               171
complete               yes
""",
    "drill list": """
$ oms drill list --last 2
control_offset  at                       scope       refused_everywhere_ms  last_accepted_ms  orders  ended  ended_ms
           412  2026-11-23 14:31:07.204  desk:alpha                      9                 6     218    218       171
           377  2026-11-22 09:00:00.011  firm                           12                        0      0
""",
    "limits list": """
$ oms limits list
limit                state          value         version  acknowledged            until                only               proposed
desk.alpha.capital   in force       25000000 USD       61  by p0, p1, p2, p3                                               desk.alpha.capital.674a
firm.order_qty.ACME  for one order  6000               85  by p0, p1, waiting for p2, p3  2026-11-23 21:00:00  alpha/20261123/a9
firm.order_qty.ACME  in force       5000               29  by p0, p1, p2, p3
""",
    "limits proposals": """
$ oms limits proposals
proposal                      state                now           proposed       by    why                     lapses
firm.order_qty.ACME.6923a1c0  waiting              5000          6000           rita  index rebalance         2026-11-26 14:02:11
firm.order_qty.ACME.69239fe1  withdrawn: mistyped  5000          60000          rita  index rebalance         2026-11-26 13:58:03
trading_list.barred.6923a2f1  lapsed               enabled true  enabled false  rolf  the results are public  2026-11-22 18:00:00
""",
    "limits propose": """
$ oms limits propose firm.order_qty.ACME --value 6000 --until 2026-11-23T21:00 --reason "index rebalance"
proposal  firm.order_qty.ACME.6923a1c0
limit     firm.order_qty.ACME
now       5000
proposed  6000
version   84
lapses    2026-11-26 14:02:11
next      another person: oms limits approve firm.order_qty.ACME.6923a1c0 --reason WHY

$ oms limits propose desk.beta.position.ACME --remove --from 2026-11-24 --reason "the desk trades it no more"
proposal  desk.beta.position.ACME.6923a4d2
limit     desk.beta.position.ACME
now       4000
proposed  none
then      refuses orders of account beta-1 in instrument ACME (LIMIT_MISSING): no POSITION_QTY limit is left that covers them
version   86
lapses    2026-11-26 14:10:40
next      another person: oms limits approve desk.beta.position.ACME.6923a4d2 --reason WHY
""",
    "limits approve": """
$ oms limits approve firm.order_qty.ACME.6923a1c0 --reason "agreed with the desk" --wait
proposal      firm.order_qty.ACME.6923a1c0
limit         firm.order_qty.ACME
value         6000
version       85
acknowledged  by p0, p1, p2, p3
""",
    "limits withdraw": """
$ oms limits withdraw firm.order_qty.ACME.69239fe1 --reason mistyped
proposal  firm.order_qty.ACME.69239fe1
state     withdrawn
version   83
""",
    "limits history": """
$ oms limits history firm.order_qty.ACME
version  time                     what      who   why                   changes
     29  2026-11-22 09:00:00.120  set       olga  first load            ...
     84  2026-11-23 14:02:11.518  proposed  rita  index rebalance       limit.value 6000, ...
     85  2026-11-23 14:03:40.002  approved  rolf  agreed with the desk  proposal_version 84
""",
    "triggers list": """
$ oms triggers list
trigger             state    of          figure       threshold     since
audit-lag           armed    firm        120 ms       600 s
desk-rate.alpha     tripped  desk:alpha  1204         1000 messages 2026-11-23 14:31:07.204
firm-loss           armed    firm        1250.75 USD  80000000 USD
""",
    "triggers propose": """
$ oms triggers propose desk-rate.alpha --threshold 2000 --reason "index rebalance"
proposal  halt_trigger.desk-rate.alpha.6923a1c0
trigger   desk-rate.alpha
now       1000 messages
proposed  2000 messages
version   91
next      another person: oms limits approve halt_trigger.desk-rate.alpha.6923a1c0 --reason WHY
""",
    "limits usage": """
$ oms limits usage
limit                version  check      value  used  percent  decisions  refused  newest
firm.order_qty.ACME       29  order_qty  5000   4100       82       1204        3  2026-11-23 14:31:07.204

limit            version  partition  granted        held           used           percent  over_by
firm.credit.USD       41          0  900000000 USD  900000000 USD  812000000 USD       91
firm.credit.USD       41          1  600000000 USD  600000000 USD  96000000 USD        16
""",
    "limits backtest": """
$ oms limits backtest --with tighter.yaml --from 2026-11-23T14:30 --to 2026-11-23T15:00
time                     order               outcome    would            value        text
2026-11-23 14:31:07.204  alpha/20261123/a17  new block  ORDER_QTY_LIMIT  48120.5 USD  order quantity would be 500, ...
1204 decisions judged: 1 new blocks, 0 released, 14 near misses, 0 untold; 48120.5 USD would have been blocked
""",
    "limits what-if": """
$ oms limits what-if --cancel-account alpha-1
account  instrument  position  most_before  least_before  most_after  least_after
alpha-1  IBM         300       900          100           300         300
5 open orders would be cancelled
""",
    "dead-letters list": """
$ oms dead-letters list
letter  time                     source         class             what                          reason ...
     0  2026-11-22 19:20:02.310  oms.orders/0@7 UNREADABLE                                      ...
     1  2026-11-22 19:21:40.018  oms.orders/0@9 BROKEN_INVARIANT  NewOrder alpha/20250106/my-1  ...
""",
    "dead-letters show": """
$ oms dead-letters show 1
letter         1
source         oms.orders/0@9
class          BROKEN_INVARIANT
what           NewOrder alpha/20250106/my-1
...
decoded        {"type": "NewOrder", "desk_id": "alpha", "trading_date": 20250106, ...}
hex            0a460a05616c706861...
""",
    "dead-letters resubmit": """
$ oms dead-letters resubmit 1
id            alpha/20250106/my-1
decision      ACCEPTED
letter        1
entered by    ann
on behalf of  bob
source        dead-letter 1
...
""",
    "migrate": """
$ oms migrate
the schema is up to date
""",
    "sql": """
$ oms sql "SELECT reason, count() FROM risk_events WHERE valid AND event_type = 'OrderRejected' GROUP BY reason" --csv
reason,count()
ORDER_QTY_LIMIT,1
$ oms sql "DROP TABLE oms.trades"
oms: `oms sql` only reads, nothing was changed (...)
""",
    "audit verify": """
$ oms audit verify
3292 rows in 20 partitions, 0 problems
""",
    "journal verify": """
$ oms journal verify
topic          partition  records  void  claims  hashes_compared  hashes_skipped  took_ms
oms.risk               0      412     0       2                9               0       96
...
replay gate: 61 hashes compared over 2874 records, 0 differ
$ oms journal verify --from clickhouse
...
""",
    "topics": "$ oms topics --json",
    "snapshots list": """
$ oms snapshots list --stage risk --csv
stage,partition,offset,taken,age_s,bytes,layout,schema,usable,why
risk,0,2104,2026-11-22 19:41:07.020,12,61873,1,1,true,
risk,0,1050,2026-11-22 19:31:06.911,612,31022,1,1,true,
...
""",
    "snapshots verify": "$ oms snapshots verify",
    "snapshots write": """
$ oms snapshots write --store s3://desk-snapshots/oms --csv
stage,partition,from_offset,to_offset,records,bytes,took_ms,written,refused
risk,0,2104,2160,56,63514,31,true,
...
""",
    "status": "$ oms status",
    "reset": "$ oms reset --yes",
    "logs": """
$ oms logs risk -f --level warning
$ oms logs router --order alpha/20250106/my-1
""",
    "config": """
$ oms config --csv
setting,value,source,meaning
OMS_PARTITIONS,4,default,"number of desk partitions, as the topics were created"
OMS_TOKEN,***,environment,the command line's token
...
""",
    "pid": "$ oms pid risk",
    "version": """
$ oms version
oms                      0.1.0
python                   3.11.7
...
wire schema              1
wire schema oldest read  1
""",
    "venue fault": """
$ oms venue fault XALP-P0 lose-reports --count 1
fault  session  kind          left  left_ms  delay_ms  order  struck
    1  XALP-P0  lose-reports     1        0         0              0
$ oms venue fault all delay-replies --ms 200
$ oms venue fault XALP-P0 forget-order --order 0:alpha/20250106/my-1.1
""",
    "venue faults": """
$ oms venue faults
$ oms venue faults --clear all
""",
    "venue bust": "$ oms venue bust XALP XALP-ACME-20250106-17",
    "venue correct": "$ oms venue correct XALP XALP-ACME-20250106-17 --qty 300 --price 100.85",
    "venue cancel": "$ oms venue cancel XALP XALP-ACME-12",
    "venue suspend": "$ oms venue suspend XALP --instrument ACME",
    "venue resume": "$ oms venue resume XALP",
    "venue auction": """
$ oms venue auction XBET call-open --instrument ACME
$ oms venue auction XBET uncross --instrument ACME
""",
    "venue day": """
$ oms venue day XALP end
$ oms venue day XALP new
""",
    "venue hold": "$ oms venue hold XDEL",
    "venue release": "$ oms venue release XDEL",
    "venue accept": """
$ oms venue accept XGAM --card VA-06 --card VA-55
VA-06 not offered (STOP): A stop order waits, is TRIGGERED by a trade at its price, and trades
VA-55 passed: Cancel crosses the last fill: PENDING_CANCEL stays, then too late, then FILLED
1 passed, 0 failed, 1 not offered
""",
    "venue serve": "$ oms venue serve --log-dir /tmp/venues --seed 1",
}
"""By command, as `oms.cli.command_page.commands` names it."""

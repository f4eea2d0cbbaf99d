"""drain: a pre-filled topic of JSON trades into committed Iceberg, against the Python pipeline."""
import time

from peers import Drain, Up, fill_trades, have_peer, python_pipeline, ratio, spread, sql


def run(rounds, rows):
    if not have_peer("python-pipeline"):
        return {}
    up = Up()
    try:
        fill_trades(up.kafka, "trades", rows, 4)
        sql(up.http, "SELECT count(*) FROM trades")  # its own sink has caught up: it rests now
        time.sleep(12)
        ours, usual, tuned = [], [], []
        for _ in range(rounds):
            ours.append(Drain(up.kafka, "trades", rows))
            usual.append(python_pipeline("usual", up.kafka, "trades", rows))
            tuned.append(python_pipeline("tuned", up.kafka, "trades", rows))
    finally:
        up.stop()
    rates = [drain.rate for drain in ours]
    whole = [drain.command_rate for drain in ours]
    print(f"drain of {rows:,} JSON trades into committed Iceberg, rows/s, interleaved:")
    print(f"  ticklake sink    {spread(rates)}")
    print(f"    with its start and end as a process  {spread(whole)}   {ratio(whole, usual):.1f} x usual, "
          f"{ratio(whole, tuned):.1f} x tuned")
    print(f"    rows per CPU-second {spread([drain.cpu_rate for drain in ours])}, "
          f"peak MiB {spread([drain.rss_mib for drain in ours])}")
    print(f"  python usual     {spread(usual)}   ticklake is {ratio(rates, usual):.1f} x")
    print(f"  python tuned     {spread(tuned)}   ticklake is {ratio(rates, tuned):.1f} x")
    for name, cpu in ours[-1].stages.items():
        print(f"  stage {name:<10} {rows / cpu if cpu else 0:>12,.0f} rows per CPU-second")
    return {"ticklake": [vars(drain) for drain in ours], "usual": usual, "tuned": tuned}

"""retry-bench: small apps with labels worked out by hand, and a scorer.

How many times does code run again? `cases.jsonl` is the data set, free to be used for any tool: a template, and the
truth about it. It is made of the labelled wirings of this project's own tests by `export`; `scoring` compares what a
tool says with it; `adapters` run tools. ``python -m bench.retry_bench`` prints the table of docs/retry-bench.md.
"""

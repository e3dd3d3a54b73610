"""Java for sessions that live for ten minutes and more."""

LONG_RUN = "-XX:+UseSerialGC -Xmn400m -XX:MetaspaceSize=400m -XX:ReservedCodeCacheSize=256m"
"""Options of a session that plans thousands of queries over few rows: the optimizing compiler takes a third off all
that follows and costs a minute once; with a small young generation every other query waits for a collection."""

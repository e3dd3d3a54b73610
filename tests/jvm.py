"""How the JVMs of tests run, where they live longer than conf/test.yaml expects."""

LONG_RUN = "-XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m"
"""Java options of a session that plans thousands of queries, or a host that many commands ask: the thorough compiler
pays."""

"""HTTP -> a topic: what clients send is checked, pseudonymised, published, and answered when Kafka has acknowledged."""

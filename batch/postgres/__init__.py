"""gold -> the schema `moviepulse` of a PostgreSQL database: the only room that knows PostgreSQL."""

"""TOML, YAML and JSON, bytes to values: pure, no I/O, imports core only; heavy parsers are imported when a file needs one."""

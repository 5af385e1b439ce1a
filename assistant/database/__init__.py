"""The database: tables, connections, migrations, backup, and what erasing must reach."""

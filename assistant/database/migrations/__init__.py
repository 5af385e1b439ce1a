"""The steps from an empty database to the newest schema. A landed step is never changed."""

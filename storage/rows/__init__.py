"""The rows of the catalog: of the walk, of custody, of retention, of rights; what each of them keeps; all kinds."""

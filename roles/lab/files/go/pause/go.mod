module unifiedmeta.invalid/lab/pause

go 1.25.0

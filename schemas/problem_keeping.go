package schemas

// Problem codes of keeping data: backups, the check at the start, free space.
const (
	CodeBackupDamaged = "backup_damaged" // not what was written, or not whole
	CodeBackupNewer   = "backup_newer"   // written by a newer version
	CodeNotEmpty      = "not_empty"      // a place that has to be
	CodeNotEmbedded   = "not_embedded"   // an external ClickHouse does this by itself
	CodeDataDamaged   = "data_damaged"   // parts or rows are missing; Detail names them
	CodeDiskFull      = "disk_full"      // below the free space that is kept
)

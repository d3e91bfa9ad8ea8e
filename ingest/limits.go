package ingest

import "time"

// Limits of one input. Together they bound the memory of a run, whatever is
// sent (docs/limits.md).
const (
	// MaxRecordBytes is the longest record that is read. The longest honest
	// row seen (2,000 characters of description, twice) is under 20 KB; a
	// longer one is refused and skipped, not kept.
	MaxRecordBytes = 1 << 20
	// MaxFieldBytes is the longest value of a mapped column. Mapped columns
	// hold codes, dates and numbers; anything longer is in the wrong column.
	MaxFieldBytes = 1 << 10
	// maxTriageBytes of a text that is triaged are looked at; 2,000 characters
	// of three bytes are the most that the field's systems keep.
	maxTriageBytes = 6 << 10
	// MaxTextBytes is the longest id, unit, area code or label, in bytes: 64
	// Chinese characters in UTF-8, rounded down.
	MaxTextBytes = 190
	// MaxColumns is the widest table. Spreadsheet programs allow 16,384
	// columns, and no known source has more than 120.
	MaxColumns = 2048
	// MaxReportedErrors is how many refused fields a Report lists; the
	// quarantine has them all.
	MaxReportedErrors = 1000

	// MaxWorkbookBytes is the largest XLSX file: it is held in memory while it
	// is read. 24 MiB are some 500,000 rows.
	MaxWorkbookBytes = 24 << 20
	// MaxFileBytes is the largest Parquet file: it is put aside on disk because
	// its table of contents is at its end.
	MaxFileBytes = 2 << 30
	// maxPartsBytes is what the parts of a workbook may unpack to: a sheet to
	// disk, the others to memory.
	maxSheetBytes = 1 << 30
	maxPartsBytes = 16 << 20
	maxParts      = 1000
	// maxBatchMemory bounds what one batch of a Parquet or Arrow input may
	// allocate, whatever lengths it claims.
	maxBatchMemory = 48 << 20
	// maxArrowRows is how many rows one batch may claim: rows of nothing but
	// nulls need no bytes.
	maxArrowRows = 1 << 20
	// maxBlankRows ends a table that goes on without a value.
	maxBlankRows = 1 << 20
	// maxZstdWindow bounds the memory of unpacking zstd: what level 19 uses.
	maxZstdWindow = 8 << 20
	// titleRows is how many rows may stand above the header row.
	titleRows = 20

	// maxDepth is how deep values of one NDJSON record may nest.
	maxDepth = 64
	// maxRememberedKeys bounds the memory of NDJSON keys seen.
	maxRememberedKeys = 4096
	// readBufferBytes is the first size of the window over the input.
	readBufferBytes = 128 << 10

	// chunkRows and chunkBytes end a chunk, the unit of work of a worker.
	chunkRows  = 512
	chunkBytes = 128 << 10
	// defaultBatchRows is one insert: one part in the store. Fewer rows make
	// more parts to merge, more rows cost memory: two batches are in it.
	defaultBatchRows = 25_000
	// maxBatchBytes ends a batch early when its rows keep more text than this.
	maxBatchBytes = 6 << 20
	// maxBatchRefused ends a batch early when it has more faults than this.
	maxBatchRefused = 10_000
	// maxRelated is how many identities one question for related days names.
	maxRelated = 5000
	// maxNamedMatters is how many matters are asked for by name. Each question
	// reads the matters of all reports, so for more they are read once.
	maxNamedMatters = 1000
)

// Pushes: inputs so small that several share one write.
const (
	// MaxPushBytes is the longest body that is gathered with others: some
	// 5,000 rows.
	MaxPushBytes = 1 << 20
	// maxPushRows and maxPushText send what unpacks to more rows, or to more
	// bytes in mapped columns, the way of a file.
	maxPushRows = 10_000
	maxPushText = 4 << 20
	// gatherDelay is how long the first push of a group waits for others. A
	// push waits for it and for the write before its own at most.
	gatherDelay = 60 * time.Millisecond
	// maxGroupPushes and maxGroupBytes end a group early.
	maxGroupPushes = 512
	maxGroupBytes  = 8 << 20
	// maxQueuedPushes and maxQueuedBytes bound what waits; more is refused with
	// the code busy.
	maxQueuedPushes = 2048
	maxQueuedBytes  = 32 << 20
	// maxWaiting is how many larger inputs wait for their turn.
	maxWaiting = 32
	// maxKeyBytes is the longest idempotency key.
	maxKeyBytes = 255
	// maxDictionaries bounds the memory of what profiles brought with pushes.
	maxDictionaries = 1000
)

// What a date may be.
const (
	// defaultMinYear refuses dates before the systems existed: an earlier one
	// is a birthday, a default of a spreadsheet or a slip of the keyboard.
	defaultMinYear = 1990
	// maxAhead is how far a thing that has happened may lie in the future:
	// clocks of sources are wrong by hours, time zones by up to 14.
	maxAhead = 24 * time.Hour
	// maxDueAhead is how far a deadline may lie in the future.
	maxDueAhead = 20 * 366 * 24 * time.Hour
	// maxPeople is the largest number of people in one matter.
	maxPeople = 10_000_000
)

// Writing.
const (
	// writeAttempts and writePause: the engine is back within 5 s of a crash,
	// so a batch is sent again for about three times that. Its token makes
	// the repetition harmless.
	writeAttempts = 60
	writePause    = 250 * time.Millisecond
)

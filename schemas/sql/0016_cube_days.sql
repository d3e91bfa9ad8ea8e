-- A mark names the day that changed, so that a settle computes that day and
-- takes the others over. 0 marks the whole month; marks made before this do.
ALTER TABLE cube_dirty ADD COLUMN IF NOT EXISTS day UInt16 DEFAULT 0; -- since 1970-01-01

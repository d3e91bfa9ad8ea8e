package pmtiles

import (
	"encoding/binary"
	"math"
)

const (
	headerSize      = 127
	compressionGzip = 2
	tileTypeMVT     = 1
	clustered       = 1
)

// section is a part of the file.
type section struct{ offset, length uint64 }

// header is the first 127 bytes of an archive.
type header struct {
	root, metadata, leaves, tiles section
	summary                       Summary
	info                          Info
}

func (h *header) encode() []byte {
	b := append(make([]byte, 0, headerSize), "PMTiles\x03"...)
	for _, s := range []section{h.root, h.metadata, h.leaves, h.tiles} {
		b = binary.LittleEndian.AppendUint64(b, s.offset)
		b = binary.LittleEndian.AppendUint64(b, s.length)
	}
	b = binary.LittleEndian.AppendUint64(b, h.summary.Tiles)
	b = binary.LittleEndian.AppendUint64(b, h.summary.Entries)
	b = binary.LittleEndian.AppendUint64(b, h.summary.Contents)
	b = append(b, clustered, compressionGzip, compressionGzip, tileTypeMVT, h.summary.MinZoom, h.summary.MaxZoom)
	b = appendDegrees(b, h.info.Bounds.West, h.info.Bounds.South, h.info.Bounds.East, h.info.Bounds.North)
	center := h.info.Bounds.Center()
	b = append(b, h.summary.MinZoom)
	return appendDegrees(b, center.Lng, center.Lat)
}

// appendDegrees appends degrees as the format has them, in units of 10^-7.
func appendDegrees(b []byte, degrees ...float64) []byte {
	for _, d := range degrees {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(d*1e7))))
	}
	return b
}

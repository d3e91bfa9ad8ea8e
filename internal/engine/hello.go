package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// helloStatement is the first statement of clickhouse-go on a connection. It
// reads the answer in the framing of the newest revision it knows, and
// everything after in that of the revision the answer names.
const helloStatement = "SELECT displayName(), version(), revision(), timezone()"

// nativeRevision is the framing of Native the engine writes; see doc.go.
const nativeRevision uint32 = 0

func (req *request) asksHello() bool {
	return req.revision > 0 && req.format == "Native" && strings.TrimSpace(req.statement.sql) == helloStatement
}

// hello answers clickhouse-go's first statement in the framing it asks for,
// and names the engine's revision in place of the server's.
func (s *server) hello(w http.ResponseWriter, ctx context.Context, req *request) error {
	c, err := s.pool.acquire(ctx, req.session)
	if err != nil {
		return err
	}
	clean := false
	defer func() { s.pool.release(c, clean) }()
	row, err := c.line("SELECT displayName(), version(), timezone()")
	if err != nil {
		return err
	}
	values := strings.Split(row, "\t")
	clean = !req.session.locked()

	block := proto.NewBlock()
	err = errors.Join(
		block.AddColumn("displayName()", "String"), block.AddColumn("version()", "String"),
		block.AddColumn("revision()", "UInt32"), block.AddColumn("timezone()", "String"))
	if err != nil {
		return err
	}
	if err := block.Append(values[0], values[1], nativeRevision, values[2]); err != nil {
		return err
	}
	var buffer chproto.Buffer
	if err := block.Encode(&buffer, min(req.revision, proto.DBMS_TCP_PROTOCOL_VERSION)); err != nil {
		return err
	}
	out := &answer{w: w, req: req, held: buffer.Buf}
	return out.sendWhole(usage{resultRows: 1})
}

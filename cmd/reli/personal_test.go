package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An identity card number (the example of GB 11643) and a telephone number, in
// every field of pushes, in their names and in their keys: no file of the data
// directory and no line of the log holds a byte of them.
func TestPersonalNumbersReachNoFileAndNoLog(t *testing.T) {
	t.Parallel()
	needEngine(t)
	const card, phone = "11010519491231002X", "13800138000"
	s := serve(t, t.TempDir())
	header := "source,source_id,occurred_at,lng,lat,crs,grid,village,township,category,scale,people,urgency,channel,first_unit,handling_unit,resolver_level,state,matter_id,text,内容描述"
	taken := strings.Split("grid,taken,2025-01-02 08:00:00,131.1,46.7,WGS84,,,,land,1,2,1,patrol,marker-unit,u,grid,resolved,m,text,无", ",")
	var body strings.Builder
	body.WriteString(header + "\n" + strings.Join(taken, ",") + "\n")
	for i := range taken {
		for _, secret := range []string{card, "来电" + phone} {
			row := append([]string{}, taken...)
			row[1], row[i] = "row", secret
			body.WriteString(strings.Join(row, ",") + "\n")
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		s.url+"/v1/incidents?"+url.Values{"name": {"投诉人" + phone + ".csv"}}.Encode(), strings.NewReader(body.String()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "text/csv")
	request.Header.Set("Idempotency-Key", card)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	var said bytes.Buffer
	_, err = said.ReadFrom(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode, said.String())
	require.Contains(t, said.String(), `"identity_card"`)
	require.Contains(t, said.String(), `"errors":[{`, "some of the rows are refused")
	_, page := s.get(t, "/v1/areas?q="+url.QueryEscape(phone))
	_, broken := s.get(t, "/v1/series?category="+card)
	s.stop()

	for what, text := range map[string][]byte{"the answer": said.Bytes(), "the log": []byte(s.log())} {
		require.NotContains(t, string(text), card, what)
		require.NotContains(t, string(text), phone, what)
	}
	require.NotEmpty(t, append(page, broken...))
	files := 0
	require.NoError(t, filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		require.False(t, bytes.Contains(text, []byte(card)), path)
		require.False(t, bytes.Contains(text, []byte(phone)), path)
		return err
	}))
	require.Greater(t, files, 50)
}

package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

func input(name string, data []byte) DetectInput {
	return DetectInput{Name: name, Now: noon, Zone: shanghai, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// oneOfEachFormat leaves out of every way to write rows what differs in
// encoding and compression only.
func oneOfEachFormat(t testing.TB, rows [][]string) map[string][]byte {
	all, few := everyFormat(t, rows), map[string][]byte{}
	for _, kind := range []string{"gbk.csv.gz", "titled.csv", "tabs.tsv", "lines.ndjson", "array.json.zst", "titled.xlsx", "stream.arrows", "columns.pq"} {
		few[kind] = all[kind]
	}
	return few
}

func looked(t testing.TB, name string, data []byte) (*Detection, DetectInput) {
	t.Helper()
	in := input(name, data)
	d, err := Detect(context.Background(), in)
	require.NoError(t, err)
	return d, in
}

// proposed parses the proposal, which must read the input as it says.
func proposed(t testing.TB, d *Detection, in DetectInput) (Proposal, *Profile) {
	t.Helper()
	p, err := d.Propose(in)
	require.NoError(t, err)
	profile, err := ParseProfile(p.YAML)
	require.NoError(t, err, "%s", p.YAML)
	return p, profile
}

func TestEverySourceIsRecognised(t *testing.T) {
	for _, name := range sources() {
		files, err := filepath.Glob(filepath.Join("testdata", "profiles", name, "*.?sv"))
		require.NoError(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			d, in := looked(t, filepath.Base(file), data)
			require.Equal(t, name, d.Candidates[0].Profile, file)
			require.Greater(t, d.Candidates[0].Score, 2*d.Candidates[1].Score, file)
			require.True(t, d.Fits())
			p, profile := proposed(t, d, in)
			require.Equal(t, p.Rows, p.Accepted, file)
			want, _ := taken(t, builtin(t, name), filepath.Base(file), string(data))
			got, _ := taken(t, profile, filepath.Base(file), string(data))
			require.Equal(t, lines(want), lines(got), file)
		}
	}
}

// 40 rows of a county whose forms are like none of the built-in ones.
func drifted() [][]string {
	rows := [][]string{{"热线工单编号", "首次受理时间", "街道", "十四类", "工单状态", "X坐标", "Y坐标", "市民姓名", "联系电话", "诉求内容"}}
	for i := range 40 {
		class, state := "停车管理", "已挂起"
		switch {
		case i%4 == 0:
			class, state = "物业管理", "已办结"
		case i == 1:
			class = "王芳" // in the wrong column
		case i == 2:
			state = "13800138000"
		}
		rows = append(rows, []string{fmt.Sprint(1000 + i), fmt.Sprintf("%02d.03.2024 08:30", 1+i%28), "永安镇", class, state, "131.1", "46.7", "李小明", "13800138000", "身份证11010519491231002X"})
	}
	return rows
}

func TestAProposalMendsWhatItCan(t *testing.T) {
	for kind, data := range oneOfEachFormat(t, drifted()) {
		t.Run(kind, func(t *testing.T) {
			d, in := looked(t, "工单", data)
			require.Equal(t, "12345", d.Candidates[0].Profile)
			p, _ := proposed(t, d, in)
			require.True(t, p.NeedsCRS, "%s %+v", p.YAML, d.columns)
			in.CRS = "GCJ02"
			d, err := Detect(context.Background(), in)
			require.NoError(t, err)
			p, profile := proposed(t, d, in)
			require.False(t, p.NeedsCRS)
			golden(t, "detect.golden", string(p.YAML))
			store := newMemory()
			rep, err := newIngester(t, store, nil, 0).Run(context.Background(), Input{Name: "工单", Reader: bytes.NewReader(data), Profile: profile})
			require.NoError(t, err)
			require.Equal(t, int64(p.Accepted), rep.Accepted)
			require.Equal(t, 10, p.Accepted, "those whose state is known")
		})
	}
}

func TestNothingPersonalIsShown(t *testing.T) {
	secrets := []string{"李小明", "王芳", "13800138000", "11010519491231002X", "黑D12345", "欧阳明月"}
	f := func(name string, rows [][]string) {
		t.Helper()
		for kind, data := range oneOfEachFormat(t, rows) {
			in := input("王芳 13800138000.csv", data)
			d, err := Detect(context.Background(), in)
			if problem, ok := schemas.AsProblem(err); ok { // a workbook without a table
				require.Equal(t, schemas.CodeBadInput, problem.Code)
				continue
			}
			require.NoError(t, err)
			shown := fmt.Sprintf("%+v", d.Candidates[0].Faults)
			for i := range d.Width() {
				shown += d.Shown(i) + " "
			}
			if p, err := d.Propose(in); err == nil {
				shown += strings.ReplaceAll(string(p.YAML), "王芳 〔电话〕", "") // the name of the file is the caller's own word
			}
			for _, s := range secrets {
				require.NotContains(t, shown, s, "%s %s", name, kind)
			}
		}
	}
	f("drifted", drifted())
	without := [][]string{}
	for range 12 { // no header at all
		without = append(without, append([]string{"1"}, secrets...))
	}
	for i, s := range secrets {
		without[0][i+1] = s
	}
	f("no header", without)
	everywhere := [][]string{{"工单编号", "受理时间", "十四类", "工单状态", "紧急程度", "街道", "李小明", "黑D12345"}}
	for range 12 {
		everywhere = append(everywhere, []string{"王芳", "李小明", "李小明", "黑D12345", "13800138000", "欧阳明月", "王芳", "x"})
	}
	f("everywhere", everywhere)
}

func FuzzDetect(f *testing.F) {
	for _, name := range sources() {
		files, err := filepath.Glob(filepath.Join("testdata", "profiles", name, "*.?sv"))
		require.NoError(f, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	f.Add([]byte(strings.Join(objects(drifted()), "\n")))
	var profiles []*Profile
	for _, name := range BuiltinProfiles() {
		profiles = append(profiles, builtin(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := input("a", data)
		d, err := detect(context.Background(), in, profiles)
		if _, ok := schemas.AsProblem(err); err != nil && !ok {
			t.Fatalf("not a problem: %v", err)
		}
		if err != nil || !d.Fits() {
			return
		}
		p, err := d.Propose(in)
		require.NoError(t, err)
		_, err = ParseProfile(p.YAML)
		require.NoError(t, err, "%s", p.YAML)
	})
}

func TestWhatFitsNothingIsSaid(t *testing.T) {
	d, _ := looked(t, "a.csv", []byte("日期,气温,风速\n2024-01-01,3,4\n"))
	require.False(t, d.Fits())
	_, err := Detect(context.Background(), input("a.csv", []byte("工单编号,受理时间\n")))
	requireProblem(t, err, schemas.CodeBadInput)
}

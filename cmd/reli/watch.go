package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"reli/ingest"
	"reli/ingest/inbox"
	"reli/schemas"
)

// watch takes files in as they come into a folder, until it is stopped.
func (c ingestCmd) watch(p *process) error {
	if len(c.Files) != 1 || c.Files[0] == "-" {
		return badUsage("--watch looks at one folder")
	}
	format, err := ingest.ParseFormat(c.Format)
	if err != nil {
		return err
	}
	choose := profileChooser{dir: c.Files[0], usual: c.Profile, system: c.CRS}
	if c.Profile != "" {
		if _, err := loadProfile(c.Profile, c.CRS); err != nil {
			return err
		}
	}
	taker, done, err := openTaker(p)
	if err != nil {
		return err
	}
	defer done()
	taken := 0
	err = inbox.Watch(p.ctx, inbox.Options{
		Dir: c.Files[0], Now: p.now, Logger: newLogger(p),
		Ready: func() { fmt.Fprintf(p.stdout, "Reli watches %s\n", c.Files[0]) },
		Take: func(ctx context.Context, f inbox.File) (inbox.Outcome, error) {
			profile, err := choose.of(f)
			if err != nil {
				return inbox.Outcome{}, err
			}
			report, err := takeFile(p, taker, f.Path, profile, format)
			if err == nil {
				taken++
				err = taker.settle(ctx)
			}
			return inbox.Outcome{Profile: profile.Name(), Ingest: report}, err
		},
	})
	fmt.Fprintf(p.stdout, "stopped; %d files taken\n", taken)
	return err
}

// profileChooser finds the profile of a file by the folder it came into.
type profileChooser struct {
	dir    string // the watched folder
	usual  string // the profile of files whose folder tells none, "" for none
	system string
}

// of gives the profile: NAME.yaml beside the folder NAME, else the built-in
// profile of that name or of the source that has it as its Chinese name, else
// the one that was given. A file without any is refused.
func (c profileChooser) of(f inbox.File) (profileText, error) {
	if f.Folder != "" {
		own, err := filepath.Abs(filepath.Join(c.dir, f.Folder+".yaml"))
		if err != nil {
			return profileText{}, fmt.Errorf("profile of a folder: %w", err)
		}
		if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
			profile, err := loadProfile(own, "")
			if err != nil { // the profile's fault and not the file's, which stays
				return profileText{}, fmt.Errorf("the file waits for its profile: %s", err.Error())
			}
			return profile, nil
		}
		if profile, err := loadProfile(builtinOf(f.Folder), c.system); err == nil {
			return profile, nil
		}
	}
	if c.usual != "" {
		return loadProfile(c.usual, c.system)
	}
	return profileText{}, &schemas.Problem{Code: schemas.CodeBadProfile, Status: http.StatusBadRequest, Field: "profile",
		Detail: "no profile: the folder of the file has the name of no built-in profile, there is no profile NAME.yaml beside it, and --profile is not given; reli ingest --detect FILE proposes one"}
}

// builtinOf gives the name of the built-in profile that a folder means.
func builtinOf(folder string) string {
	for _, source := range schemas.LoadDictionary().Sources {
		if folder == source.Zh {
			return source.Code
		}
	}
	return folder
}

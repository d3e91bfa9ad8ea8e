package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"reli/schemas/roster"
)

// roster reads the tables of the county's roster; nil where there is none.
func (c Config) roster() (*roster.Roster, error) {
	if c.Roster == "" {
		return nil, nil
	}
	var tables [2][]byte
	found := false
	for i, name := range []string{roster.OwnersFile, roster.StaffFile} {
		text, err := os.ReadFile(filepath.Join(c.Roster, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("roster: %w", err)
		}
		tables[i], found = text, true
	}
	if !found {
		return nil, fmt.Errorf("roster: %s has neither %s nor %s", c.Roster, roster.OwnersFile, roster.StaffFile)
	}
	return roster.Parse(tables[0], tables[1])
}

// rosterFiles gives the tables that are there, by name.
func (c Config) rosterFiles() map[string]string {
	out := map[string]string{}
	if c.Roster == "" {
		return out
	}
	for _, name := range []string{roster.OwnersFile, roster.StaffFile} {
		path := filepath.Join(c.Roster, name)
		if _, err := os.Stat(path); err == nil {
			out[name] = path
		}
	}
	return out
}

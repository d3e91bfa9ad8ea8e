package main

import (
	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/analytics/tone"
	"reli/web"
	"reli/web/hooks"
)

// response makes the four-level response of a server.
func (a *app) response() (*web.Response, error) {
	policy, err := a.config.policy()
	if err != nil {
		return nil, err
	}
	receivers, err := hooks.ParseReceivers(a.config.Webhooks, a.config.WebhookSecret)
	if err != nil {
		return nil, err
	}
	levels := level.New(level.Options{DB: a.db, Store: a.store, Policy: policy, Now: a.now, Logger: a.logger})
	soon := 0
	if a.deadlines != nil {
		soon = a.deadlines.Soon()
	}
	tips := tip.New(tip.Options{DB: a.db, Store: a.store, Levels: levels, Now: a.now, Logger: a.logger, SoonDays: soon})
	r := &web.Response{Levels: levels, Tips: tips}
	if len(receivers) > 0 {
		r.Hooks = hooks.New(hooks.Options{DB: a.db, Tips: tips, Receivers: receivers, Name: a.areaName, Now: a.now, Logger: a.logger})
	}
	return r, nil
}

// tone makes what tells the tone of texts, nil where none is derived.
func (a *app) tone() (*tone.Service, error) {
	if !a.config.Tone {
		return nil, nil
	}
	return tone.New(tone.Options{DB: a.db, Store: a.store, Least: a.config.ToneLeast})
}

// areaName is what an area is called, its code where it is not known.
func (a *app) areaName(code string) string {
	if tree := a.store.Current().Catalogue.Tree; tree != nil {
		if found, ok := tree.Get(code); ok {
			return found.Name
		}
	}
	return code
}

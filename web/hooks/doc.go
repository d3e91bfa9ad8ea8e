// Package hooks pushes tips to the receivers that a county configures: one
// POST a tip and receiver, signed, with an idempotency key, tried again with
// growing pauses for a day, and kept as a dead letter after that.
//
// The outbox lies in the store, so that neither a receiver that is away nor a
// stop of Reli loses a tip. A receiver may be sent one tip more than once (its
// answer may be lost on the way back), always with the same Idempotency-Key:
// by it a receiver takes each tip once. Without configured receivers nothing
// is ever sent; redirects are not followed and no proxy is used.
//
// It writes no tip (analytics/tip). cmd/reli makes it, package web runs it.
package hooks

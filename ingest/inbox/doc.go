// Package inbox takes files out of a folder that offices drop them into: each
// when it is complete, in the order of names, once. A file that was taken goes
// to the folder done beside it, one that cannot be taken to failed, both with
// a report beside them.
//
// It does not read the files: the caller's Take does, and has to be right when
// it gets a file again, because a process may be killed between taking a file
// and moving it. It keeps no list of its own; what is still in the folder is
// still to be done, so a restart needs nothing. Command reli may call it.
package inbox

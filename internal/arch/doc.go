// Package arch holds the project's import rules as a test.
//
// **Model.** Every package has a row in the table (table_test.go) with a layer
// and the packages of ours that it may import, all of lower layers; so arrows
// only point up and equals never see each other. Algebra knows no algorithm; an
// algorithm knows no file, no screen, no process; only cmd knows everyone.
//
// **Invariants.** A package that the table lacks fails the test: growth is a
// decision. A test-support package (tensortest and the like) imports only the
// package it checks. A module of third parties is imported only where the second
// table allows it. Tests may import any public package of ours, never a command.
//
// Imports are read from the source of every file, whatever its build
// constraints; nothing is built.
package arch

package npy

import (
	"bytes"
	"fmt"
	"strconv"
)

// literal reads the few forms of a Python literal that headers are made of.
// The first failure stays in err; everything after it returns zero values.
type literal struct {
	text []byte
	at   int
	err  error
}

func (p *literal) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: header, character %d: %s", ErrFormat, p.at, fmt.Sprintf(format, args...))
	}
}

func (p *literal) space() {
	for p.at < len(p.text) && bytes.IndexByte([]byte(" \t\r\n"), p.text[p.at]) >= 0 {
		p.at++
	}
}

// accept steps over s if it comes next.
func (p *literal) accept(s string) bool {
	p.space()
	if p.err != nil || !bytes.HasPrefix(p.text[p.at:], []byte(s)) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *literal) want(s string) {
	if !p.accept(s) {
		p.fail("want %s", s)
	}
}

// quoted is a string without escapes.
func (p *literal) quoted() string {
	p.accept("u") // Python 2's u'…'
	for _, quote := range []string{"'", `"`} {
		if !p.accept(quote) {
			continue
		}
		n := bytes.Index(p.text[p.at:], []byte(quote))
		if n < 0 {
			p.fail("a string without an end")
			return ""
		}
		s := string(p.text[p.at : p.at+n])
		p.at += n + len(quote)
		return s
	}
	p.fail("want a string")
	return ""
}

func (p *literal) boolean() bool {
	if p.accept("True") {
		return true
	}
	if !p.accept("False") {
		p.fail("want True or False")
	}
	return false
}

// shape is a tuple of sizes: (), (3,), (2L, 3L).
func (p *literal) shape() []int {
	dims := []int{}
	p.want("(")
	for p.err == nil && !p.accept(")") {
		p.space()
		start := p.at
		for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
			p.at++
		}
		n, err := strconv.Atoi(string(p.text[start:p.at]))
		if err != nil {
			p.fail("want a size of at least 0 that fits this machine")
			return dims
		}
		if dims = append(dims, n); len(dims) > 64 { // NumPy's own limit
			p.fail("more than 64 modes")
		}
		p.accept("L")
		if !p.accept(",") {
			p.want(")")
			break
		}
	}
	return dims
}

// descr is a string, or the list of a structured type as it stands.
func (p *literal) descr() string {
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '[' {
		return p.quoted()
	}
	start, depth := p.at, 0
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		case '\'', '"':
			p.quoted()
			if p.err != nil {
				return ""
			}
			continue
		}
		p.at++
		if depth == 0 {
			return string(p.text[start:p.at])
		}
	}
	p.fail("a list without an end")
	return ""
}

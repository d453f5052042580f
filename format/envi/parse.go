package envi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxHeader is the longest header read, in bytes; real ones with thousands of
// names have some hundred thousand.
const maxHeader = 64 << 20

// Field is one line `key = value` of a header.
type Field struct {
	Key   string // lower case, single blanks
	Value string // without braces, lines joined by newlines
	List  bool   // it was in braces
	Line  int    // where it begins, from 1
}

// IsHeader tells whether head, the first bytes of a file, begin a header.
func IsHeader(head []byte) bool {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(string(head[:min(len(head), 64)]), "\ufeff"), "ENVI")
	return ok && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n"))
}

// fields takes a header apart.
func fields(r io.Reader) ([]Field, error) {
	in := bufio.NewScanner(io.LimitReader(r, maxHeader))
	in.Buffer(nil, maxHeader)
	var list []Field
	open := false // inside braces
	var value []string
	line := 0
	for in.Scan() {
		line++
		text := utf(in.Text())
		if line == 1 {
			if !IsHeader([]byte(text)) {
				return nil, fmt.Errorf("%w: line 1: want ENVI", ErrFormat)
			}
			continue
		}
		if open {
			if strings.HasPrefix(strings.TrimSpace(text), ";") {
				continue
			}
			body, closed := cutBrace(text)
			value = append(value, body)
			if closed {
				list[len(list)-1].Value = strings.TrimSpace(strings.Join(value, "\n"))
				open = false
			}
			continue
		}
		if t := strings.TrimSpace(text); t == "" || t[0] == ';' {
			continue
		}
		if last := len(list) - 1; last >= 0 && list[last].Value == "" && !list[last].List && strings.TrimSpace(text)[0] == '{' {
			text = list[last].Key + " = " + strings.TrimSpace(text) // the brace on a line of its own
			list = list[:last]
		}
		key, v, ok := strings.Cut(text, "=")
		key = strings.ToLower(strings.Join(strings.Fields(key), " "))
		if !ok || key == "" {
			return nil, fmt.Errorf("%w: line %d: want `key = value`, got %q", ErrFormat, line, clip(text))
		}
		v = strings.TrimSpace(v)
		f := Field{Key: key, Value: v, Line: line}
		if rest, braced := strings.CutPrefix(v, "{"); braced {
			body, closed := cutBrace(rest)
			f.Value, f.List = strings.TrimSpace(body), true
			if !closed {
				open, value = true, []string{body}
			}
		}
		list = append(list, f)
	}
	switch err := in.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%w: a line is longer than %d MB", ErrFormat, maxHeader>>20)
	case err != nil:
		return nil, fmt.Errorf("envi: header: %w", err)
	case line == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrFormat)
	case open:
		f := list[len(list)-1]
		return nil, fmt.Errorf("%w: line %d: the { of %q is never closed", ErrFormat, f.Line, f.Key)
	}
	return list, nil
}

// cutBrace is the text up to the brace that closes a list. Names may hold
// braces of their own, so only one at the end of a line, or before a comment,
// counts.
func cutBrace(text string) (string, bool) {
	at := strings.LastIndexByte(text, '}')
	if at < 0 {
		return text, false
	}
	if rest := strings.TrimSpace(text[at+1:]); rest != "" && rest[0] != ';' {
		return text, false
	}
	return text[:at], true
}

// items splits the value of a list at its commas; a comma behind the last item
// is common and means nothing.
func (f Field) items() []string {
	if f.Value == "" {
		return nil
	}
	list := strings.Split(f.Value, ",")
	for i, s := range list {
		list[i] = strings.Join(strings.Fields(s), " ")
	}
	if len(list) > 1 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

// utf reads bytes that are no UTF-8 as Latin-1, which older writers use.
func utf(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

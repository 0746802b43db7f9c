package ais

import (
	"strings"
	"unicode"
)

const (
	maxMessageRunes = 256
	maxCodeLength   = 64
)

// sanitize makes one printable line of bounded length from text that somebody
// else wrote, without the given secrets and without the query of any URL in
// it: an address that the caller signed may come back in a message.
func sanitize(message string, secrets []string) string {
	for _, secret := range secrets {
		message = strings.ReplaceAll(message, secret, masked)
	}
	message = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, message)

	words := strings.Fields(message)
	for i, word := range words {
		words[i] = withoutQuery(word)
	}
	runes := []rune(strings.Join(words, " "))
	if len(runes) > maxMessageRunes {
		runes = append(runes[:maxMessageRunes-1], '…')
	}
	return string(runes)
}

// withoutQuery cuts a word that holds a URL at its query or fragment. What
// follows the URL within the word goes too: it cannot be told apart.
func withoutQuery(word string) string {
	scheme := strings.Index(word, "://")
	if scheme < 0 {
		return word
	}
	if end := strings.IndexAny(word[scheme:], "?#"); end >= 0 {
		return word[:scheme+end]
	}
	return word
}

// identifier returns s if it looks like a code or a request ID, else "".
func identifier(s string) string {
	if len(s) > maxCodeLength {
		return ""
	}
	for _, r := range s {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-:", r) {
			return ""
		}
	}
	return s
}

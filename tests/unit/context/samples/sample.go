// Package store keeps things.
package store

import (
	"fmt"
	io2 "io"
)

const Limit = 10

var (
	errEmpty = fmt.Errorf("empty")
	count    int
)

// Item is kept.
type Item struct {
	Name string
	size int
}

type Reader interface {
	Read(name string) (*Item, error)
}

type Names []string

// New makes an item.
func New(name string) *Item {
	return &Item{Name: name}
}

func (i *Item) Write(w io2.Writer) error {
	if i.size > Limit {
		return errEmpty
	}
	_, err := fmt.Fprintln(w, i.Name)
	return err
}

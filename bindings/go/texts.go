package sidewinder

/*
#include <stdlib.h>
#include "callback.h"
*/
import "C"

import "context"

// Language of a file, "python", by its name and then by its first line; "" when nobody knows.
func Language(path, firstLine string) string {
	var a arena
	defer a.free()
	name := a.string("path", path)
	line, n := chars(firstLine)
	if a.err != nil {
		return ""
	}
	return text(C.sw_text_language(name, line, n))
}

// Chunks cuts a text into chunks of whole lines that break where its syntax breaks. Any bytes are a text here. Progress in bytes.
func Chunks(ctx context.Context, source string, options *TextOptions) ([]Chunk, error) {
	if options == nil {
		options = &TextOptions{}
	}
	var a arena
	defer a.free()
	var c C.sw_text_options
	options.fill(&c, &a)
	if a.err != nil {
		return nil, a.err
	}
	bytes, length := chars(source)
	chunks := make([]C.sw_chunk, 64)
	for {
		var n C.size_t
		err := run(ctx, func(options *C.sw_run_options) C.sw_status {
			return C.sw_text_chunks(bytes, length, &c, options, &chunks[0], C.size_t(len(chunks)), &n)
		})
		if err != nil {
			return nil, err
		}
		if int(n) <= len(chunks) {
			out := make([]Chunk, n)
			for i := range out {
				out[i] = readChunk(&chunks[i])
			}
			return out, nil
		}
		chunks = make([]C.sw_chunk, n)
	}
}

// Import is what an import names, and its byte range.
type Import struct {
	Name       string
	Begin, End int
}

// Outline is what a text declares, imports and refers to.
type Outline struct {
	Info         OutlineInfo
	Declarations []Declaration
	Imports      []Import
	References   []string
}

// ReadOutline reads the outline of a text. Half-typed code loses at most what is broken. Progress in bytes.
func ReadOutline(ctx context.Context, source string, options *TextOptions) (*Outline, error) {
	if options == nil {
		options = &TextOptions{}
	}
	var a arena
	defer a.free()
	var c C.sw_text_options
	options.fill(&c, &a)
	if a.err != nil {
		return nil, a.err
	}
	bytes, length := chars(source)
	var outline *C.sw_outline
	err := run(ctx, func(options *C.sw_run_options) C.sw_status {
		return C.sw_text_outline(bytes, length, &c, options, &outline)
	})
	if err != nil {
		return nil, err
	}
	defer C.sw_outline_free(outline)
	return readOutline(outline)
}

func readOutline(outline *C.sw_outline) (*Outline, error) {
	info := C.sw_outline_info{struct_size: C.sizeof_sw_outline_info}
	if err := call(func() C.sw_status { return C.sw_outline_get_info(outline, &info) }); err != nil {
		return nil, err
	}
	out := &Outline{Info: readOutlineInfo(&info)}
	for i := C.size_t(0); i < info.n_declarations; i++ {
		c := C.sw_declaration{struct_size: C.sizeof_sw_declaration}
		if err := call(func() C.sw_status { return C.sw_outline_declaration(outline, i, &c) }); err != nil {
			return nil, err
		}
		out.Declarations = append(out.Declarations, readDeclaration(&c))
	}
	for i := C.size_t(0); i < info.n_imports; i++ {
		var begin, end C.size_t
		name := C.sw_outline_import(outline, i, &begin, &end)
		out.Imports = append(out.Imports, Import{text(name), int(begin), int(end)})
	}
	for i := C.size_t(0); i < info.n_references; i++ {
		out.References = append(out.References, text(C.sw_outline_reference(outline, i)))
	}
	return out, nil
}

(section (atx_heading heading_content: (inline) @name)) @module
(setext_heading heading_content: (paragraph) @name) @module

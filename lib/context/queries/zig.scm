(comment) @comment
(function_declaration) @function
(variable_declaration . (identifier) @name [(struct_declaration) (union_declaration) (opaque_declaration)]) @class
(variable_declaration . (identifier) @name (enum_declaration)) @type
(source_file (variable_declaration . (identifier) @name) @constant)
(struct_declaration (variable_declaration . (identifier) @name) @constant)
(container_field name: (identifier) @name) @field
(test_declaration (string (string_content) @name) (block) @body) @function
((builtin_function (builtin_identifier) @_import (arguments (string (string_content) @target))) @import (#eq? @_import "@import"))
(identifier) @reference

(line_comment) @comment
(block_comment) @comment
(class_declaration name: (_) @name [(class_body) (enum_class_body)] @body) @class
(class_declaration) @class
(object_declaration name: (_) @name (class_body) @body) @class
(object_declaration) @class
(function_declaration name: (_) @name (function_body) @body) @function
(function_declaration) @function
(enum_entry (identifier) @name) @constant
(class_body (property_declaration (variable_declaration (identifier) @name)) @field)
(source_file (property_declaration (variable_declaration (identifier) @name)) @constant)
(type_alias type: (identifier) @name) @type
(import (qualified_identifier) @target) @import
(identifier) @reference

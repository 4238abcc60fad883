(comment) @comment
(multiline_comment) @comment
(class_declaration name: (_) @name) @class
(protocol_declaration name: (_) @name) @class
(function_declaration name: (simple_identifier) @name) @function
(protocol_function_declaration name: (simple_identifier) @name) @function
(init_declaration "init" @name) @method
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @field)
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @constant)
(enum_entry name: (simple_identifier) @name) @constant
(typealias_declaration name: (_) @name) @type
(import_declaration (identifier) @target) @import
(simple_identifier) @reference
(type_identifier) @reference

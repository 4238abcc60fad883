(comment) @comment
(namespace_definition) @module
(class_declaration) @class
(interface_declaration) @class
(trait_declaration) @class
(enum_declaration) @class
(enum_case) @constant
(function_definition) @function
(method_declaration) @method
(const_declaration (const_element . (name) @name)) @constant
(property_declaration (property_element name: (variable_name (name) @name))) @field
(namespace_use_clause [(qualified_name) (name)] @target) @import
(require_expression (string (string_content) @target)) @import
(require_once_expression (string (string_content) @target)) @import
(include_expression (string (string_content) @target)) @import
(include_once_expression (string (string_content) @target)) @import
(name) @reference

(line_comment) @comment
(block_comment) @comment
(class_declaration) @class
(interface_declaration) @class
(record_declaration) @class
(enum_declaration) @class
(annotation_type_declaration) @class
(method_declaration) @method
(constructor_declaration) @method
(field_declaration declarator: (variable_declarator name: (_) @name)) @field
(enum_constant) @constant
(import_declaration [(scoped_identifier) (identifier)] @target) @import
(identifier) @reference
(type_identifier) @reference

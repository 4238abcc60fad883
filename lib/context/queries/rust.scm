(line_comment) @comment
(block_comment) @comment
(attribute_item) @attribute
(function_item) @function
(function_signature_item) @function
(struct_item) @class
(union_item) @class
(trait_item) @class
(impl_item type: (generic_type type: (_) @name)) @class
(impl_item type: (_) @name) @class
(enum_item) @type
(type_item) @type
(associated_type) @type
(enum_variant name: (_) @name) @constant
(const_item) @constant
(static_item) @constant
(field_declaration name: (_) @name) @field
(mod_item) @module
(macro_definition name: (_) @name) @macro
(use_declaration argument: (_) @target) @import
(extern_crate_declaration name: (_) @target) @import
(identifier) @reference
(type_identifier) @reference
(field_identifier) @reference

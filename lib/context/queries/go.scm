(comment) @comment
(function_declaration) @function
(method_declaration) @method
(type_declaration) @wrapper
(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @class
(type_spec name: (_) @name type: (interface_type)) @class
(type_spec name: (_) @name) @type
(type_alias name: (_) @name) @type
(method_elem name: (_) @name) @method
(field_declaration name: (_) @name) @field
(source_file (const_declaration (const_spec name: (_) @name) @constant))
(source_file (var_declaration (var_spec name: (_) @name) @constant))
(source_file (var_declaration (var_spec_list (var_spec name: (_) @name) @constant)))
(package_clause (package_identifier) @name) @module
(import_spec path: (_) @target) @import
(identifier) @reference
(type_identifier) @reference
(field_identifier) @reference
(package_identifier) @reference

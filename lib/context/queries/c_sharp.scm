(comment) @comment
(class_declaration) @class
(struct_declaration) @class
(interface_declaration) @class
(record_declaration) @class
(enum_declaration) @type
(enum_member_declaration) @constant
(delegate_declaration) @type
(method_declaration) @method
(constructor_declaration) @method
(destructor_declaration) @method
(operator_declaration) @method
(local_function_statement) @function
(property_declaration accessors: (_) @body) @field
(property_declaration) @field
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @field
(event_field_declaration (variable_declaration (variable_declarator name: (_) @name))) @field
(namespace_declaration) @module
(file_scoped_namespace_declaration) @module
(using_directive [(identifier) (qualified_name)] @target) @import
(identifier) @reference

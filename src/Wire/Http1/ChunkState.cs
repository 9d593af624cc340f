namespace Mesh.Wire.Http1;

/// <summary>What comes next within chunks.</summary>
internal enum ChunkState : byte
{
    /// <summary>A digit of a size, or what follows it.</summary>
    Size,

    /// <summary>White space behind a size.</summary>
    Space,

    /// <summary>An extension.</summary>
    Extension,

    /// <summary>The LF that ends a size.</summary>
    SizeEnd,

    /// <summary>Content.</summary>
    Data,

    /// <summary>The CR behind content.</summary>
    DataEnd,

    /// <summary>The LF behind it.</summary>
    DataEndLine,

    /// <summary>The last chunk's line has ended.</summary>
    Over,
}

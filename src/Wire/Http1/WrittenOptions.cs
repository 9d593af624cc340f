namespace Mesh.Wire.Http1;

/// <summary>What a head's Connection says.</summary>
[Flags]
internal enum WrittenOptions : byte
{
    None = 0,
    Close = 1,
    KeepAlive = 2,
    Upgrade = 4,
    Te = 8,
}
